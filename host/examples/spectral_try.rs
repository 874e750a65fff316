//! scratch
#![allow(missing_docs, clippy::all, clippy::pedantic)]
use landauer::training::fast::spectral::*;
use landauer::training::fast::{Adam, AdamSettings};
use landauer::dataset::Dataset;
fn main(){
    let a: std::collections::HashMap<String,String> = std::env::args().skip(1).map(|s|{let (k,v)=s.split_once('=').unwrap();(k.into(),v.into())}).collect();
    let f=|k:&str,d:f64|a.get(k).map_or(d,|v|v.parse().unwrap());
    let load=|p:&str|{let d=Dataset::open(std::path::Path::new(p)).unwrap(); let gb=d.g_bar().unwrap().unwrap(); let n=gb.len();
        let sp=d.species(0..n as u64).unwrap().unwrap(); let t=d.transmission(0..n as u64).unwrap();
        let ne=t.len()/n; let mut o=Vec::new(); for i in 0..n {o.extend(t[i*ne..(i+1)*ne].iter().map(|v|*v as f32)); o.push(gb[i] as f32);} (sp,o,n,ne+1)};
    let tr: Vec<_>=a.get("train").map(|s|s.as_str()).unwrap_or("/work/research/data/m2-train-80k.zarr").split(',').map(load).collect();
    let nt=tr[0].3; let (mut sp,mut t)=(vec![],vec![]); for x in &tr {sp.extend_from_slice(&x.0);t.extend_from_slice(&x.1);}
    let n=t.len()/nt;
    let (sp2,t2,n2,_)=load("/work/research/data/m2-test.zarr");
    let count=|s:&[u8]|s.iter().filter(|x|**x!=0).count();
    let c:Vec<usize>=sp.chunks(1600).map(count).collect(); let c2:Vec<usize>=sp2.chunks(1600).map(count).collect();
    // tables
    let mut by=vec![vec![];1601]; for i in 0..n {by[c[i]].push(i);}
    let (mut m,mut s)=(vec![vec![0f32;nt];1601],vec![vec![1e-3f32;nt];1601]);
    for k in 0..1601usize { let ids:Vec<usize>=(k.saturating_sub(4)..=(k+4).min(1600)).flat_map(|j|by[j].iter().copied()).take(4000).collect(); if ids.is_empty(){continue;}
      for j in 0..nt { let mut v:Vec<f32>=ids.iter().map(|i|t[i*nt+j]).collect(); v.sort_by(f32::total_cmp); m[k][j]=v[v.len()/2]; let mu=v.iter().sum::<f32>()/v.len() as f32; s[k][j]=(v.iter().map(|x|(x-mu)*(x-mu)).sum::<f32>()/v.len() as f32).sqrt().max(1e-3);} }
    let cmax=f("cmax",600.) as usize;
    let keep:Vec<usize>=(0..n).filter(|i|c[*i]<cmax).collect();
    let mut sm=vec![0f32;nt]; for i in &keep {for j in 0..nt {sm[j]+=s[c[*i]][j];}} for j in 0..nt {sm[j]/=keep.len() as f32;}
    let shape=SpectralShape{length:40,width:40,local:f("local",2.) as usize,hidden:f("hid",12.) as usize,units:f("U",40.) as usize,head:f("head",32.) as usize,targets:nt};
    let mut net=SpectralNetwork::new(shape).unwrap();
    let mut st=f("seed",1.) as u64*7919+12345; let mut rnd=move||{st^=st<<13;st^=st>>7;st^=st<<17;(st.wrapping_mul(0x2545F4914F6CDD1D)>>32) as u32};
    for _ in 0..20 {rnd();}
    let mut gauss={let mut r=rnd.clone();move||{let u=(r() as f64+1.)/4294967297.;let v=r() as f64/4294967296.;((-2.*u.ln()).sqrt()*(6.283185307*v).cos()) as f32}};
    let l=shape.layout(); let ch=shape.channels(); let nm=shape.products();
    {let p=net.parameters_mut();
     for i in l.kernel.clone(){p[i]=0.5*gauss();} for i in l.kernel_bias.clone(){p[i]=0.2*gauss();} for i in l.mix.clone(){p[i]=gauss()/(shape.hidden as f32).sqrt();}
     for (r,_) in [(l.across.clone(),0),(l.along.clone(),1)] { for cc in 0..ch {for par in 0..2 {for i in 0..20 {for k in 0..20 {
        let u=(i as f64+0.5)/40.-0.5; let ph=if par==0 {(std::f64::consts::TAU*k as f64*u).cos()} else {(std::f64::consts::PI*(2*k+1) as f64*u).sin()};
        let norm=if par==0&&k==0 {20f64} else {10.}; p[r.start+((cc*2+par)*20+i)*20+k]=(ph/norm.sqrt()) as f32+0.02*gauss();}}}}}
     for i in l.inner.clone(){p[i]=gauss()/((40*nm) as f32).sqrt();} for i in l.outer.clone(){p[i]=gauss()/40f32.sqrt();}
     let nf=shape.features(); let g=(6./(nf+shape.head) as f32).sqrt(); for i in l.hidden.start..l.hidden.start+nf*shape.head {p[i]=g*(gauss()*0.577);}
    }
    let bs=f("bs",128.) as usize; let ep=f("ep",7.) as usize; let lr0=f("lr",3e-3) as f32; let wd=f("wd",0.1) as f32; let drop=f("drop",0.08) as f32; let emad=f("ema",0.998) as f32;
    let w:Vec<f32>=(0..nt).map(|j|if j==0||j==nt-1 {0.5} else {f("wo",0.05) as f32}).collect();
    let steps=ep*(keep.len()/bs); let mut adam=Adam::new(AdamSettings{decay:wd,..Default::default()},shape.parameters());
    let mut ema=net.parameters().to_vec(); let mut batch=SpectralBatch::new(1600); let mut step=0; 
    let t0=std::time::Instant::now();
    println!("params {} mac {}",shape.parameters(),shape.multiply_adds());
    // start of the mean curve: mean h unknown; left at zero
    for e in 0..ep { let mut idx=keep.clone(); for i in (1..idx.len()).rev(){let j=(rnd() as u64*(i as u64+1)>>32) as usize;idx.swap(i,j);} let mut loss=0.;
      for q in idx.chunks_exact(bs) {
        batch.fill(q.iter().map(|i|&sp[i*1600..(i+1)*1600]),&[0.,1.],1.);
        let o=net.forward_with_dropout(&batch,drop,&mut rnd).to_vec();
        let mut d=vec![0f32;o.len()];
        for (r,i) in q.iter().enumerate(){ let k=c[*i]; for j in 0..nt { let z=(t[i*nt+j]-m[k][j])/s[k][j]; let x=o[r*nt+j]-z; let wt=(s[k][j]/sm[j]).clamp(0.1,10.)*w[j]/bs as f32; loss+=(x.abs()*wt*bs as f32) as f64; d[r*nt+j]=wt*x.signum(); } }
        net.backward(&batch,&d).unwrap();
        let lr=if step<200 {lr0*(step as f32)/200.} else {1e-5+(lr0-1e-5)*0.5*(1.+(std::f32::consts::PI*(step-200) as f32/(steps-200) as f32).cos())};
        let norm=net.gradient().iter().map(|g|g*g).sum::<f32>().sqrt(); let scale=if norm>5. {5./norm} else {1.};
        let (p,g)=net.parameters_and_gradient(); adam.step(p,g,scale,lr); step+=1;
        for (a,b) in ema.iter_mut().zip(net.parameters()) {*a+=(1.-emad)*(b-*a);}
      }
      let save=net.parameters().to_vec(); net.parameters_mut().copy_from_slice(&ema);
      let (mut eg,mut eb)=(0f64,0f64); for q in (0..n2).collect::<Vec<_>>().chunks(256) { batch.fill(q.iter().map(|i|&sp2[i*1600..(i+1)*1600]),&[0.,1.],1.); let o=net.forward(&batch);
        for (r,i) in q.iter().enumerate(){let k=c2[*i]; let sc=if k<cmax {1.} else {0.}; let p=|j:usize|(m[k][j]+sc*s[k][j]*o[r*nt+j]).max(0.); eg+=(p(0)-t2[i*nt]).abs() as f64; eb+=(p(nt-1)-t2[i*nt+nt-1]).abs() as f64;}}
      net.parameters_mut().copy_from_slice(&save);
      println!("{e} loss {:.4} test G {:.4} Gbar {:.4} {:.0} s {:.0}/s",loss/(keep.len()) as f64,eg/n2 as f64,eb/n2 as f64,t0.elapsed().as_secs_f64(),(e+1) as f64*keep.len() as f64/t0.elapsed().as_secs_f64());
    }
}
